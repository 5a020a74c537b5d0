import type { BroadcasterOptions } from "./broadcaster.ts";
import type { Member } from "./member.ts";

/** Members whose frames are the same. */
export interface Group {
  readonly head: Buffer;
  readonly members: Set<Member>;
}

export interface Channel {
  /** Counts somebody who is about to join. */
  reserve(): void;
  join(member: Member, lastEventId: string | null): void;
  /** Undoes `reserve`, wherever he stands. */
  part(member: Member): void;
  /** His socket has drained. */
  repay(member: Member): void;
}

export interface ChannelOptions extends BroadcasterOptions {
  /** Nobody is left. */
  close(): void;
}

/** The members of a channel by the head of their frames. */
export class Groups {
  readonly #byHead = new Map<string, Group>();
  /** Everybody, also those who are still catching up. */
  size = 0;

  add(member: Member): void {
    const { head } = member.reader;
    const key = head.toString("latin1");
    let group = this.#byHead.get(key);
    if (!group) {
      group = { head, members: new Set() };
      this.#byHead.set(key, group);
    }
    group.members.add(member);
    member.group = group;
  }

  remove(member: Member): void {
    const { group } = member;
    if (!group) return;
    member.group = null;
    group.members.delete(member);
    if (group.members.size === 0) this.#byHead.delete(group.head.toString("latin1"));
  }

  [Symbol.iterator](): Iterator<Group> {
    return this.#byHead.values();
  }
}
