"""Asset types without code: files in the data directory, in the words of ``contract.assets``."""
