"""Selection: from reviewers' scores to a proposed list, by a published rule that anybody can run again."""
