"""Figures of the city for those who watch over it (监管与辅助决策)."""
