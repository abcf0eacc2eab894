"""From a request to prompt tokens: one template per model family, token-exact budgets."""
