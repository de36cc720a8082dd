// What is drawn on canvases: the image of events, and the strips of answers.

// Colours of classes, in both themes, apart for the colour-blind too (Paul Tol, "muted", and three more).
const CLASSES = ["#88ccee", "#cc6677", "#ddcc77", "#44aa99", "#c569b8", "#a3a33c", "#6f9fd8", "#ee8866", "#bbbbbb",
  "#f2b8c6", "#77b255"];
export const SPAN_S = 30;

export const classColour = (index) => CLASSES[index % CLASSES.length];

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

export function decode(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// The decayed image: 128 is nothing, above it ON, below it OFF.
export class Camera {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.last = this.data = null;
    this.theme();
  }

  theme() {
    const [nothing, on, off] = ["--nothing", "--on", "--off"].map((name) => channels(css(name)));
    this.palette = new Uint32Array(256);
    const bytes = new Uint8Array(this.palette.buffer);
    for (let value = 0; value < 256; value++) {
      const most = value > 128 ? on : off, share = Math.min(1, Math.abs(value - 128) / 127) ** 0.7;
      for (let i = 0; i < 3; i++) bytes[4 * value + i] = nothing[i] + (most[i] - nothing[i]) * share;
      bytes[4 * value + 3] = 255;
    }
    if (this.last) this.draw(this.last);
    else this.clear();
  }

  draw(frame) {
    const { image, width, height } = frame;
    if (frame !== this.last) {
      if (this.canvas.width !== width || this.canvas.height !== height || !this.data) {
        [this.canvas.width, this.canvas.height] = [width, height];
        this.data = this.context.createImageData(width, height);
        this.words = new Uint32Array(this.data.data.buffer);
      }
      this.pixels = decode(image);
      this.last = frame;
    }
    for (let i = 0; i < this.words.length; i++) this.words[i] = this.palette[this.pixels[i]];
    this.context.putImageData(this.data, 0, 0);
  }

  clear() {
    this.last = null;
    this.context.fillStyle = css("--nothing");
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }
}

// Stretches of answers with the same class, without a gap.
export function runs(answers, key, hop) {
  const found = [];
  for (const answer of answers) {
    if (answer[key] === null) continue;
    const last = found.at(-1);
    if (last && last.value === answer[key] && answer.time_s - last.to <= 1.6 * hop) {
      last.to = answer.time_s;
      last.count++;
    } else found.push({ value: answer[key], from: answer.time_s - hop, to: answer.time_s, count: 1 });
  }
  return found;
}

// As much of number and name of a class as fits a length.
function fitting(pen, number, name, length) {
  const fits = (text) => pen.measureText(text).width + 10 <= length;
  if (length < 60) return pen.measureText(String(number)).width + 4 <= length ? String(number) : "";
  let text = `${number} ${name}`;
  if (fits(text)) return text;
  while (text.length > 4 && !fits(`${text}…`)) text = text.slice(0, -1).trimEnd();
  return `${text}…`;
}

// Coloured strips by class: the answers, and the true classes beneath them.
export class Timeline {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.answers = [];
    this.classes = [];
    this.hop = 0.1;
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  reset(classes, hop) {
    Object.assign(this, { classes, hop, answers: [] });
    this.draw();
  }

  add(answers) {
    for (const answer of answers) {
      if (this.answers.length && answer.time_s < this.answers.at(-1).time_s) this.answers = [];     // time began anew
      this.answers.push(answer);
    }
    const begin = this.answers.length ? this.answers.at(-1).time_s - SPAN_S : 0;
    this.answers = this.answers.filter((answer) => answer.time_s >= begin);
  }

  draw() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth) return;
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;      // grows with the letters
    const scale = unit * (devicePixelRatio || 1), width = clientWidth / unit, height = clientHeight / unit;
    const pixels = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== pixels[0] || this.canvas.height !== pixels[1]) {
      [this.canvas.width, this.canvas.height] = pixels;
    }
    const pen = this.context;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const labelled = this.answers.some((answer) => answer.label !== null);
    const left = 48, right = width - 8, now = this.answers.length ? this.answers.at(-1).time_s : 0;
    const x = (time) => right - (now - time) / SPAN_S * (right - left);
    this.axis(pen, x, now, left, height, labelled);
    this.strip(pen, x, "winner", 12, 34, left);
    if (labelled) {
      this.strip(pen, x, "label", 56, 20, left);
      this.mistakes(pen, x, left);
    }
    this.differences(pen, x, left);
  }

  mistakes(pen, x, left) {
    const wrong = this.answers.map(({ time_s, winner, label }) => (
      { time_s, wrong: label !== null && winner !== label ? 1 : null }));
    pen.fillStyle = css("--bad");
    for (const { from, to } of runs(wrong, "wrong", this.hop)) {
      const begin = Math.max(left, x(from));
      pen.fillRect(begin, 49, Math.max(2, x(to) - begin - 1), 4);
    }
  }

  axis(pen, x, now, left, height, labelled) {
    const bottom = labelled ? 80 : 50;
    pen.fillStyle = css("--muted");
    pen.textAlign = "left";
    pen.fillText("answer", 0, 29);
    if (labelled) pen.fillText("true", 0, 66);
    pen.strokeStyle = css("--line");
    pen.lineWidth = 1;
    for (let back = 0; back <= SPAN_S; back += 5) {
      const at = Math.round(x(now - back)) - 0.5;
      pen.beginPath();
      pen.moveTo(at, 8);
      pen.lineTo(at, bottom + 4);
      pen.stroke();
      if (back % 10 && x(now) - left < 420) continue;
      pen.textAlign = back === 0 ? "right" : back === SPAN_S ? "left" : "center";
      pen.fillText(back ? `−${back} s` : "now", back ? at : at + 1, Math.min(bottom + 13, height - 6));
    }
  }

  strip(pen, x, key, top, height, left) {
    const ink = "#10151b";
    pen.textAlign = "left";
    for (const { value, from, to } of runs(this.answers, key, this.hop)) {
      const begin = Math.max(left, x(from)), length = Math.max(1, x(to) - begin - 1);
      pen.fillStyle = classColour(value);
      pen.fillRect(begin, top, length, height);
      const text = fitting(pen, value, this.classes[value] ?? "", length);
      pen.fillStyle = ink;
      pen.fillText(text, begin + Math.min(6, (length - pen.measureText(text).width) / 2), top + height / 2 + 0.5);
    }
  }

  differences(pen, x, left) {
    pen.fillStyle = css("--bad");
    for (const answer of this.answers) {
      const at = x(answer.time_s - this.hop / 2);
      if (answer.equal !== false || at < left) continue;
      pen.beginPath();
      pen.moveTo(at - 5, 1);
      pen.lineTo(at + 5, 1);
      pen.lineTo(at, 10);
      pen.fill();
    }
  }
}
