import type { ComponentChildren } from 'preact';
import { navigate } from '../router.ts';

interface LinkProps {
  readonly href: string;
  /** Marks it as where one is. */
  readonly current?: boolean;
  readonly title?: string;
  readonly class?: string;
  /** One that j and k step to. */
  readonly row?: boolean;
  readonly children: ComponentChildren;
}

/** A link within the page; with a key held down it is the browser's, as any link. */
export function Link({ href, current = false, title, class: name, row = false, children }: LinkProps) {
  return (
    <a
      href={href}
      title={title}
      class={name}
      data-row={row ? '' : undefined}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        const { button, metaKey, ctrlKey, shiftKey, altKey } = event;
        if (event.defaultPrevented || button !== 0 || metaKey || ctrlKey || shiftKey || altKey) return;
        event.preventDefault();
        navigate(href);
      }}
    >
      {children}
    </a>
  );
}
