"""As much of MongoDB's driver as the programs need: one server, whose filters know operators."""

_SERVER = {}


class Collection:
    def __init__(self):
        self._held = []

    def insert_one(self, document):
        self._held.append(document)

    def find_one(self, wanted):
        return next((one for one in self._held if _fits(one, wanted)), None)


class MongoClient(dict):
    def __init__(self, address=""):
        super().__init__()
        self.shop = _SERVER.setdefault(address, _Database())


class _Database:
    def __init__(self):
        self.users = Collection()


def _fits(document, wanted):
    return all(_agrees(document.get(key), asked) for key, asked in wanted.items())


def _agrees(held, asked):
    if not isinstance(asked, dict) or not any(key.startswith("$") for key in asked):
        return held == asked
    kinds = {
        "$eq": lambda to: held == to,
        "$ne": lambda to: held != to,
        "$gt": lambda to: held > to,
    }
    return all(kinds[key](to) for key, to in asked.items())
