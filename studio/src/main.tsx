import { render } from "preact";
import { App } from "./app";
import { begin } from "./store";
import "./style.css";

render(<App />, document.getElementById("app")!);
void begin();
