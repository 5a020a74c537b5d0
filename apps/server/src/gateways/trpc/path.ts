const PREFIX = "/trpc/";

/** The procedures that an address under `/trpc/` names, as tRPC reads it: commas part them however they are written. */
export const proceduresOf = ({ pathname }: URL): string[] => decoded(pathname.slice(PREFIX.length)).split(",");

/** What cannot be decoded names nothing; tRPC says so. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
