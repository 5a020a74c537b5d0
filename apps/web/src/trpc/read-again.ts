import type { QueryClient, QueryKey } from "@tanstack/react-query";

/**
 * Reads lists again, also those that are being read: an answer on its way may be older than what was heard since. After a call of our own, too:
 * its answer may come after events that are newer, so it is never put into a list that follows a log.
 */
export async function readAgain(client: QueryClient, queryKey: QueryKey): Promise<void> {
  await client.cancelQueries({ queryKey });
  await client.invalidateQueries({ queryKey });
}

/** An event was put into the lists that are there; those still being read may lack it. */
export function readUnfinishedAgain(client: QueryClient, queryKey: QueryKey): void {
  if (client.isFetching({ queryKey }) > 0) void readAgain(client, queryKey);
}
