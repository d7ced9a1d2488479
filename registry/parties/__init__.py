"""People and organisations (权利人、申请人)."""
