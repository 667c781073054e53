"""Size of enterprises: accounts and holdings, and what Recommendation 2003/361/EC makes of them."""
