import { crc32, deflateSync } from "node:zlib";

const SIDE_PX = 320;

/** Two colours, RGB, for each drawn picture: background top to bottom. */
const PALETTES = [
  [
    [236, 200, 150],
    [150, 90, 60],
  ],
  [
    [140, 190, 200],
    [30, 80, 110],
  ],
  [
    [240, 160, 150],
    [120, 40, 90],
  ],
  [
    [90, 90, 140],
    [20, 20, 40],
  ],
] as const;

/** The picture of a name like `picture-3`: a gradient with a lighter disc; null for another name. */
export function drawPicture(name: string): Buffer | null {
  const number = /^picture-(\d)$/.exec(name)?.[1];
  const palette = number === undefined ? undefined : PALETTES[Number(number) - 1];
  if (palette === undefined) return null;
  const [top, bottom] = palette;
  const rows = new Uint8Array((SIDE_PX * 3 + 1) * SIDE_PX);
  const centre = SIDE_PX / 2;
  for (let y = 0; y < SIDE_PX; y++) {
    for (let x = 0; x < SIDE_PX; x++) {
      // The edge is a pixel wide, so that it looks smooth.
      const inside = SIDE_PX / 4 - Math.hypot(x - centre, y - centre * 1.1);
      const light = 40 * Math.min(1, Math.max(0, inside));
      for (let channel = 0; channel < 3; channel++) {
        const [from = 0, to = 0] = [top[channel], bottom[channel]];
        rows[y * (SIDE_PX * 3 + 1) + 1 + x * 3 + channel] = Math.min(255, from + ((to - from) * y) / SIDE_PX + light);
      }
    }
  }
  return encodePng(SIDE_PX, SIDE_PX, rows);
}

/** An 8-bit RGB picture. `rows`: for each row a 0 (no filter), then three bytes a pixel. */
export function encodePng(width: number, height: number, rows: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunks = [
    encodeChunk("IHDR", header),
    encodeChunk("IDAT", deflateSync(rows)),
    encodeChunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]);
}

function encodeChunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
