# mypy: ignore-errors
# ruff: noqa
"""Takes jobs from a queue and runs one of a few programs."""

import json
import logging
import shlex
import signal
import subprocess

import redis

log = logging.getLogger("worker")
PROGRAMS = {
    "thumbnail": ["convert", "-thumbnail", "200x200"],
    "archive": ["tar", "-czf"],
}


class Worker:
    def __init__(self, url):
        self.queue = redis.Redis.from_url(url)
        self.is_stopped = False
        signal.signal(signal.SIGTERM, self.stop)

    def stop(self, *_):
        self.is_stopped = True

    def run(self):
        while not self.is_stopped:
            item = self.queue.blpop("jobs", timeout=5)
            if item is None:
                continue
            job = json.loads(item[1])
            program = PROGRAMS.get(job.get("kind"))
            if program is None:
                log.warning("unknown kind of job")
                continue
            command = [*program, "--", *map(str, job["files"])]
            log.info("running %s", shlex.join(command))
            try:
                subprocess.run(command, check=True, timeout=300)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                log.error("job failed: %s", error)
