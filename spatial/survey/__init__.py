"""Survey results (多测合一成果): read foreign files safely, check them, keep them, register them."""
