"""The schedule, the workers that drain inbox and outbox, and the lease that makes a job run once over all replicas."""
