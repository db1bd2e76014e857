"""How an algorithm runs: its libraries, its progress, its workers."""
