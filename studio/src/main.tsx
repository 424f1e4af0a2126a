import { render } from "preact";
import { App, applyLook } from "./app";
import { begin } from "./store";
import "./style.css";

applyLook();
render(<App />, document.getElementById("app")!);
void begin();
