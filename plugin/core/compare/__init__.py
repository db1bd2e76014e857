"""How far one ortho lies beside another, and why."""
