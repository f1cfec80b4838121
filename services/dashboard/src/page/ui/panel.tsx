import type { ComponentChildren } from 'preact';
import type { Resource } from '../resource.ts';

interface PanelProps<T> {
  readonly title: string;
  readonly resource: Resource<T>;
  /** Beside the title. */
  readonly aside?: ComponentChildren;
  /** Level of its heading. */
  readonly level?: 2 | 3;
  readonly children: (data: T) => ComponentChildren;
}

/** A part of a screen with its own data: an error stays in it, and what is stale is marked as stale. */
export function Panel<T>({ title, resource, aside, level = 2, children }: PanelProps<T>) {
  const { data, error, provisional } = resource;
  const Heading = `h${level}` as const;
  const stale = error !== null && data !== null;
  return (
    <section
      class="panel"
      aria-label={title}
      aria-busy={provisional && error === null}
      data-stale={stale ? '' : undefined}
    >
      <header>
        <Heading>{title}</Heading>
        {aside}
      </header>
      {error !== null && (
        <p class="problem" role="alert">
          {stale ? 'Stale: ' : ''}
          {error}{' '}
          <button type="button" class="quiet" onClick={() => resource.reload()}>
            Try again
          </button>
        </p>
      )}
      {data !== null ? children(data) : error === null && <p class="waiting">Loading …</p>}
    </section>
  );
}

/** Why there is nothing, and what to do about it. */
export function Empty({
  children,
  command,
}: {
  readonly children: ComponentChildren;
  readonly command?: string;
}) {
  return (
    <div class="empty">
      <p>{children}</p>
      {command !== undefined && <Command text={command} />}
    </div>
  );
}

/** A command to copy. */
export function Command({ text }: { readonly text: string }) {
  return (
    <p class="command">
      <code>{text}</code>
      <button type="button" class="quiet" onClick={() => void navigator.clipboard.writeText(text)}>
        Copy
      </button>
    </p>
  );
}
