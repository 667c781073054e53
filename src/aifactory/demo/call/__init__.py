"""A whole call, from opening to letters: 120 invented applications, thirty reviewers, one published rule."""
