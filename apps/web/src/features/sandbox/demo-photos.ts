const WIDTH = 924;
const HEIGHT = 696;
/** The drawings below are made for 154 by 116. */
const SCALE = 6;

type Shape = [fill: string, ...points: number[]];

function polygon(canvas: CanvasRenderingContext2D, [fill, ...points]: Shape): void {
  canvas.fillStyle = fill;
  canvas.beginPath();
  for (let at = 0; at < points.length; at += 2) canvas.lineTo(points[at] ?? 0, points[at + 1] ?? 0);
  canvas.fill();
}

function line(canvas: CanvasRenderingContext2D, color: string, width: number, ...points: number[]): void {
  canvas.strokeStyle = color;
  canvas.lineWidth = width;
  canvas.beginPath();
  for (let at = 0; at < points.length; at += 2) canvas.lineTo(points[at] ?? 0, points[at + 1] ?? 0);
  canvas.stroke();
}

const BOX: Shape[] = [
  ["#c9c2b6", 0, 0, 154, 0, 154, 116, 0, 116],
  ["#a79d8c", 0, 74, 154, 74, 154, 116, 0, 116],
  ["#c89d68", 34, 40, 84, 24, 124, 38, 74, 56],
  ["#a97f4c", 34, 40, 34, 84, 74, 102, 74, 56],
  ["#b88b56", 74, 56, 74, 102, 124, 82, 124, 38],
  ["#e3d2b0", 56, 33, 98, 48, 98, 59, 89, 62.5, 89, 51, 47, 36],
  ["#f4f0e8", 84, 70, 112, 60, 112, 75, 84, 86],
];

function drawBox(canvas: CanvasRenderingContext2D): void {
  for (const shape of BOX) polygon(canvas, shape);
  line(canvas, "#777777", 1.5, 88, 73, 103, 67.7);
  line(canvas, "#777777", 1.5, 88, 78, 107, 71.2);
  line(canvas, "#5f4222", 2, 42, 62, 52, 74, 47, 78, 59, 88);
}

const BARS = [36, 40, 46, 49, 55, 60, 62, 66, 69, 76, 82, 86, 93, 97, 104, 110, 114];

function drawLabel(canvas: CanvasRenderingContext2D): void {
  polygon(canvas, ["#b38a58", 0, 0, 154, 0, 154, 116, 0, 116]);
  polygon(canvas, ["#a27a49", 0, 96, 154, 74, 154, 116, 0, 116]);
  canvas.translate(77, 58);
  canvas.rotate(-Math.PI / 36);
  canvas.translate(-77, -58);
  polygon(canvas, ["#f7f5f0", 26, 16, 128, 16, 128, 98, 26, 98]);
  for (const [y, end] of [
    [27, 80],
    [35, 96],
    [43, 72],
  ] as const)
    line(canvas, "#5c6670", 3, 34, y, end, y);
  line(canvas, "#c9c5bb", 1, 26, 52, 128, 52);
  for (const x of BARS) line(canvas, "#20262c", 2, x, 60, x, 86);
  canvas.strokeStyle = "#20262c";
  canvas.lineWidth = 3;
  canvas.strokeRect(104, 24, 16, 16);
}

export const DEMO_PHOTOS = { box: drawBox, label: drawLabel } as const;
export type DemoPhoto = keyof typeof DEMO_PHOTOS;

/** A picture drawn here and now, so that there is something to send without a file at hand. */
export function demoPhoto(name: DemoPhoto): Promise<File> {
  const element = document.createElement("canvas");
  element.width = WIDTH;
  element.height = HEIGHT;
  const canvas = element.getContext("2d");
  canvas?.scale(SCALE, SCALE);
  if (canvas) DEMO_PHOTOS[name](canvas);
  return new Promise((resolve, reject) => {
    element.toBlob(
      (blob) =>
        blob
          ? resolve(new File([blob], `demo-${name}.jpg`, { type: "image/jpeg" }))
          : reject(new Error("This browser draws no pictures")),
      "image/jpeg",
      0.9,
    );
  });
}
