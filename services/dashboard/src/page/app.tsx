import { Live } from './ui/live-switch.tsx';
import { path } from './router.ts';
import { screenOf, sections } from './screens/index.tsx';
import { KeysHelp } from './ui/keys-help.tsx';
import { Link } from './ui/link.tsx';
import { TokenDialog } from './ui/token-dialog.tsx';
import { Toasts } from './ui/toasts.tsx';

/** The frame around every screen: where one is, where one can go, whether it is live. */
export function App() {
  const here = path.value;
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="bar">
        <strong class="brand">ML training</strong>
        <nav aria-label="Screens">
          {sections.map(({ name, href }) => (
            <Link key={href} href={href} current={href === '/' ? here === '/' : here.startsWith(href)}>
              {name}
            </Link>
          ))}
        </nav>
        <Live />
      </header>
      <main id="main" tabIndex={-1}>
        {screenOf(here)}
      </main>
      <TokenDialog />
      <KeysHelp />
      <Toasts />
    </>
  );
}
