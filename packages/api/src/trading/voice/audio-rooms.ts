const PREFIX = "trading-";

/** The name of a room's audio. */
export const audioRoomOf = (roomId: string): string => `${PREFIX}${roomId}`;

/** @returns null for audio that is of no room of ours */
export function roomOfAudio(name: string): string | null {
  const id = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id) ? id : null;
}
