import './styles/tokens.css';
import './styles/base.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { listenToKeys } from './keys.ts';
import { listenToEvents } from './live.ts';

listenToEvents();
listenToKeys();
render(<App />, document.getElementById('page')!);
