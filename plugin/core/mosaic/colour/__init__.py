"""How dates differ in colour, and what takes the difference away."""
