"""Plain data shared by every layer. Imports nothing from raylite, and nothing that acts."""
