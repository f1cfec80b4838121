import type { ComponentChildren } from 'preact';

/** A column's title: the words alone, or with how it differs. */
type Head =
  | string
  | {
      readonly title: string;
      /** `number` puts it above numbers. */
      readonly class?: string;
      /** Said to who can't see that the column needs no words. */
      readonly unseen?: boolean;
    };

/** A column of numbers. */
export const number = (title: string): Head => ({ title, class: 'number' });
/** A column whose cells say what they are: buttons. */
export const unseen = (title: string): Head => ({ title, unseen: true });

interface TableProps {
  /** What its rows are, for who can't see it. */
  readonly name: string;
  readonly heads: readonly Head[];
  /** Of the table. */
  readonly class?: string;
  /** Of the frame that it scrolls in: sideways only unless given. */
  readonly frame?: string;
  /** Its rows. */
  readonly children: ComponentChildren;
  /** What stands in the frame below it. */
  readonly below?: ComponentChildren;
}

/** A table in a frame of its own to scroll in, by keyboard, too. */
export function Table({ name, heads, class: own, frame = 'scroll-x', children, below }: TableProps) {
  return (
    <div class={frame} tabIndex={0} role="region" aria-label={name}>
      <table class={own}>
        <thead>
          <tr>
            {heads.map((head) => {
              const {
                title,
                class: kind,
                unseen: hidden,
              } = typeof head === 'string' ? { title: head } : head;
              return (
                <th key={title} scope="col" class={kind}>
                  {hidden === true ? <span class="unseen">{title}</span> : title}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
      {below}
    </div>
  );
}
