import './styles/tokens.css';
import './styles/base.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { listenToEvents } from './live.ts';

listenToEvents();
render(<App />, document.getElementById('page')!);
