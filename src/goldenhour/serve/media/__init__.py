"""Pictures and clips from strangers: taken in, decoded in processes of their own, given back graded."""
