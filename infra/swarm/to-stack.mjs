/**
 * What `docker compose config --format json` printed, as `docker stack deploy` takes it: without what only compose knows,
 * and limits where Swarm looks for them. A service without `deploy` is left out.
 */
export function toStack({
  name: project,
  services,
  networks = {},
  volumes = {},
  secrets = {},
  configs = {},
}) {
  const deployed = mapped(withDeploy(services), toService);
  const used = new Set(Object.values(deployed).flatMap((one) => one.volumes.map(({ source }) => source)));
  return withoutNulls({
    version: '3.9',
    services: deployed,
    networks: mapped(networks, unnamed(project)),
    volumes: mapped(
      Object.fromEntries(Object.entries(volumes).filter(([name]) => used.has(name))),
      unnamed(project),
    ),
    secrets,
    configs,
  });
}

/** Compose fills `deploy` in with an empty object. */
const withDeploy = (services) =>
  Object.fromEntries(
    Object.entries(services).filter(([, { deploy }]) => deploy?.restart_policy !== undefined),
  );

function toService(service) {
  const { build, depends_on, profiles, pull_policy, restart, scale, security_opt, ...rest } = service;
  const { deploy, mem_limit, pids_limit, shm_size, tmpfs = [], volumes = [], ports = [], ...same } = rest;
  const memory = Number(mem_limit ?? 0) > 0 ? mem_limit : undefined;
  return {
    ...same,
    volumes: [
      ...volumes.map(toMount),
      ...tmpfs.map((target) => ({ type: 'tmpfs', target })),
      ...(shm_size === undefined
        ? []
        : [{ type: 'tmpfs', target: '/dev/shm', tmpfs: { size: Number(shm_size) } }]),
    ],
    // Swarm has no ports of one address: those of 127.0.0.1 would be open to everybody.
    ports: ports
      .filter(({ host_ip: host }) => host === undefined)
      .map(({ mode, target, published, protocol }) => ({
        mode,
        target,
        published: Number(published),
        protocol,
      })),
    deploy: {
      ...deploy,
      resources: { ...deploy.resources, limits: { memory, pids: pids_limit, ...deploy.resources?.limits } },
    },
  };
}

/** `create_host_path` is compose's word. */
const toMount = ({ type, source, target, read_only, volume }) => ({
  type,
  source,
  target,
  read_only,
  volume,
});

/** Names that compose has made up of the project's: Swarm makes its own of the stack's. */
const unnamed = (project) => (thing, key) => {
  const { name, ...rest } = thing ?? {};
  return name === `${project}_${key}` && rest.external !== true ? rest : { ...rest, name };
};

const mapped = (things, change) =>
  Object.fromEntries(Object.entries(things).map(([key, thing]) => [key, change(thing, key)]));

function withoutNulls(value) {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}
