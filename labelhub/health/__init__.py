"""What operators' machines ask: /healthz, /readyz and /metrics."""
