// The containers' health check: 0 when the service answers /readyz with 200. (The images have no curl.)
const response = await fetch(`http://127.0.0.1:${process.env.HEALTH_PORT || 8081}/readyz`, {
  signal: AbortSignal.timeout(2500),
});
process.exit(response.ok ? 0 : 1);
