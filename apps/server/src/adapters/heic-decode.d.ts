declare module "heic-decode" {
  export interface HeicImage {
    /** Pixels, upright. Known before decoding. */
    width: number;
    height: number;
    decode(): Promise<{ width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> }>;
  }

  interface HeicDecode {
    (input: { buffer: Uint8Array }): ReturnType<HeicImage["decode"]>;
    all(input: { buffer: Uint8Array }): Promise<HeicImage[] & { dispose(): void }>;
  }

  const decode: HeicDecode;
  export default decode;
}
