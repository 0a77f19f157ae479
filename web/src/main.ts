import 'carbon-components-svelte/css/all.css';
import './styles/app.css';

import { mount } from 'svelte';

import App from './App.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target });
