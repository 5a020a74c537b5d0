import type { Database } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Deps } from "../context.ts";
import { perProcess } from "../per-process.ts";
import { inboxTopic } from "./events.ts";
import type { ConversationStatus, InboxPage } from "./schema.ts";

/** Conversations of one assignee in one state. */
interface Tally {
  status: ConversationStatus;
  assigneeId: string | null;
  conversations: number;
  unread: number;
}

/** The inbox's log at a moment: every change of a conversation moves it on, in the same transaction. */
type Head = string;

/** What changes without the log, by hand in the database, is seen after this. */
const MOST_MS = 5_000;

/**
 * How many conversations each agent has in each state. To count them reads them all, so what was counted holds until the inbox's log has moved
 * on, for all who ask; those who ask while it is counted again wait for one count together.
 */
class InboxTallies {
  readonly #db: Database;
  #known: { head: Head; at: number; tallies: Tally[] } | null = null;
  #counting: Promise<unknown> = Promise.resolve();
  /** A count that has not begun. */
  #next: Promise<Tally[]> | null = null;

  constructor(db: Database) {
    this.#db = db;
  }

  async read(): Promise<Tally[]> {
    const [now] = rowsOf<{ head: Head }>(
      await this.#db.execute(sql`select epoch || ':' || head as head from topic_heads where topic = ${INBOX}`),
    );
    const known = this.#known;
    if (known && known.head === now?.head && performance.now() - known.at < MOST_MS) return known.tallies;
    this.#next ??= this.#counting.then(() => {
      this.#next = null;
      return this.#count();
    });
    this.#counting = this.#next.catch(() => {});
    return this.#next;
  }

  /** Head and counts are of one moment, because they are one statement. */
  async #count(): Promise<Tally[]> {
    const at = performance.now();
    const rows = rowsOf<Tally & { head: Head | null }>(
      await this.#db.execute(sql`
        select c.status, c.assignee_id as "assigneeId", count(*)::int as conversations, sum(c.unread_count)::int as unread,
          (select epoch || ':' || head from topic_heads where topic = ${INBOX}) as head
        from conversations c where c.last_message_id is not null group by c.status, c.assignee_id`),
    );
    const head = rows[0]?.head;
    this.#known = head ? { head, at, tallies: rows } : null;
    return rows;
  }
}

const INBOX = inboxTopic.name("all");

const talliesOf = perProcess(({ db }: Pick<Deps, "bus" | "db">) => new InboxTallies(db));

/** @param mine the agent whose own conversations are counted; null for a server */
export async function countViews(deps: Pick<Deps, "bus" | "db">, mine: string | null): Promise<InboxPage["counts"]> {
  const counts = { mine: 0, unassigned: 0, all: 0, snoozed: 0, resolved: 0, unread: 0 };
  for (const { status, assigneeId, conversations, unread } of await talliesOf(deps).read()) {
    if (status === "snoozed" || status === "resolved") {
      counts[status] += conversations;
      continue;
    }
    counts.all += conversations;
    if (assigneeId === null) counts.unassigned += conversations;
    else if (assigneeId === mine) counts.mine += conversations;
    if (assigneeId === null || assigneeId === mine) counts.unread += unread;
  }
  return counts;
}
