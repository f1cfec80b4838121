import { useEffect, useRef } from 'preact/hooks';
import { asking } from '../token.ts';

/** Asks for API_TOKEN when something is to be changed; kept in this tab only. */
export function TokenDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const asked = asking.value;
  useEffect(() => {
    if (asked === null) dialog.current?.close();
    else if (dialog.current?.open === false) dialog.current.showModal();
  }, [asked]);
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onCancel={() => asked?.answer(null)}>
      {asked !== null && (
        <form
          method="dialog"
          onSubmit={(event) => {
            event.preventDefault();
            asked.answer(field.current?.value.trim() ?? '');
          }}
        >
          <h2 id="token-title">API token</h2>
          <p>
            {asked.again ? 'That token is not the right one. ' : ''}What changes something needs the API_TOKEN
            of the fleet&apos;s settings. It is kept in this tab only.
          </p>
          <label>
            Token
            <input ref={field} type="password" autocomplete="off" required autofocus />
          </label>
          <div class="actions">
            <button type="button" onClick={() => asked.answer(null)}>
              Cancel
            </button>
            <button type="submit" class="primary">
              Go on
            </button>
          </div>
        </form>
      )}
    </dialog>
  );
}
