/** Colours of the theme as a canvas takes them; a token may be written in any way that CSS knows. */
export function readColors<Name extends string>(element: HTMLElement, names: readonly Name[]): Record<Name, string> {
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const probe = document.createElement("span");
  element.append(probe);
  const colors = {} as Record<Name, string>;
  for (const name of names) {
    probe.style.color = `var(--color-${name})`;
    colors[name] = context ? pixelOf(context, getComputedStyle(probe).color) : "#808080";
  }
  probe.remove();
  return colors;
}

function pixelOf(context: CanvasRenderingContext2D, color: string): string {
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

/** The same colour, thin. */
export const thin = (rgb: string, alpha: number): string => rgb.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);

/** Calls back when the page's theme changes. @returns the way to stop */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "style", "class"] });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", listener);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", listener);
  };
}
