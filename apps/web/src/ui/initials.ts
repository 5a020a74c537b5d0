/**
 * What an avatar says: the number at the end of a name that has one ("Demo customer 12" is 12), else the first letters
 * of the first two words, whole characters even outside the basic plane.
 */
export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}\p{Extended_Pictographic}]+/u).filter(Boolean);
  const last = words.at(-1);
  if (last && words.length > 1 && /^\d{1,3}$/.test(last)) return last;
  const letters = words.slice(0, 2).map((word) => Array.from(word)[0] ?? "");
  return letters.join("").toLocaleUpperCase() || "?";
}
