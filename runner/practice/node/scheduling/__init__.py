"""Scheduling: filters, scores and preemption."""
