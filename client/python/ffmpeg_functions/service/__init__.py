"""The service: connections, responses and the circuit breaker."""
