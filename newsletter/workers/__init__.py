"""Senders on many machines: on PostgreSQL the daemon dispatches spans of an issue as jobs, workers take them.

    daemon: due deliveries | spans | jobs        worker: job | claim, send, settle | run

The jobs are procrastinate's, in the same database. They are only hints at where there is something to do: the
ledger stays the truth, so a job that is lost, late or run twice loses nobody and sends nothing twice.
"""
