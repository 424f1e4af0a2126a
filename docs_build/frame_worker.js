// Browsers start no workers from files. This one runs its script in a hidden frame instead, for the site's search.
// The name is what the search looks for to know that it runs so.
class IFrameWorker extends EventTarget {
  constructor(url) {
    super();
    const frame = Object.assign(document.createElement("iframe"), { hidden: true });
    document.body.append(frame);
    const inside = frame.contentWindow;
    inside.postMessage = (data) => setTimeout(() => this.dispatchEvent(new MessageEvent("message", { data })));
    this.inside = new Promise((resolve, reject) => {
      const script = inside.document.createElement("script");
      Object.assign(script, { src: String(url), onload: () => resolve(inside), onerror: reject });
      inside.document.body.append(script);
    });
  }

  postMessage(data) {
    this.inside.then((inside) => inside.dispatchEvent(new inside.MessageEvent("message", { data })));
  }
}

window.IFrameWorker = IFrameWorker;
window.Worker = IFrameWorker;
