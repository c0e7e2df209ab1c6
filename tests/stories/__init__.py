"""Whole stories: every door, provider and worker in one process, under one seed and one virtual clock."""
