import { useEffect, useRef } from 'preact/hooks';
import { helpShown, keysHeld } from '../keys.ts';

/** The keys that hold on this screen; `?` opens it. */
export function KeysHelp() {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = helpShown.value;
  useEffect(() => {
    if (!shown) dialog.current?.close();
    else if (dialog.current?.open === false) dialog.current.showModal();
  }, [shown]);
  const close = (): void => {
    helpShown.value = false;
  };
  // A later one of the same key is the one that holds.
  const keys = [...new Map(keysHeld.value.map((key) => [key.key, key])).values()];
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={close}>
      <h2 id="keys-title">Keys</h2>
      <table>
        <tbody>
          {shown &&
            keys.map(({ key, does }) => (
              <tr key={key}>
                <th scope="row">
                  <kbd>{key}</kbd>
                </th>
                <td>{does}</td>
              </tr>
            ))}
          {shown && (
            <tr>
              <th scope="row">
                <kbd>Esc</kbd>
              </th>
              <td>leave a field, close a dialog</td>
            </tr>
          )}
        </tbody>
      </table>
      <div class="actions">
        <button type="button" autofocus onClick={close}>
          Close
        </button>
      </div>
    </dialog>
  );
}
