"""Cadastral districts (地籍区) and sub-districts (地籍子区)."""
