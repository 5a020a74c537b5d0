import type { Balances, ChatMessage, RoomEvent, RoomState, RoomTrade } from "@pult/api/trading/schema.ts";

/** Trades and messages that a page keeps of a room. */
const MAX_KEPT = 200;

/** Lamports by which a trade counts towards volumes: what a buyer pays, what a seller gets before the fee. */
export const volumeOf = ({ side, amountIn, amountOut, fee }: RoomTrade): bigint =>
  side === "buy" ? BigInt(amountIn) : BigInt(amountOut) + BigInt(fee);

/** What a trade did to the trader's balances. */
function balancesAfter({ sol, token }: Balances, { side, amountIn, amountOut }: RoomTrade): Balances {
  const [given, got] = [BigInt(amountIn), BigInt(amountOut)];
  return side === "buy"
    ? { sol: String(BigInt(sol) - given), token: String(BigInt(token) + got) }
    : { sol: String(BigInt(sol) + got), token: String(BigInt(token) - given) };
}

const plus = (a: string, b: bigint): string => String(BigInt(a) + b);

function withTrade(room: RoomState, trade: RoomTrade): RoomState {
  const { trades, me } = room;
  const isOlder = trade.sequence < (trades[0]?.sequence ?? 0);
  if (isOlder || trades.some(({ sequence }) => sequence === trade.sequence)) return room;
  const isNewest = trade.sequence > (trades.at(-1)?.sequence ?? 0);
  const sorted = isNewest ? [...trades, trade] : [...trades, trade].sort((a, b) => a.sequence - b.sequence);
  const volume = volumeOf(trade);
  return {
    ...room,
    ...(isNewest ? { reserves: trade.reserves, price: trade.priceAfter } : {}),
    trades: sorted.slice(-MAX_KEPT),
    tradeCount: room.tradeCount + 1,
    volume: plus(room.volume, volume),
    dayVolume: plus(room.dayVolume, volume),
    me: me?.traderId === trade.traderId ? { ...me, balances: balancesAfter(me.balances, trade) } : me,
  };
}

function withMessage(room: RoomState, message: ChatMessage): RoomState {
  if (room.messages.some(({ id }) => id === message.id)) return room;
  return { ...room, messages: [...room.messages, message].slice(-MAX_KEPT) };
}

const withMembers = (room: RoomState, change: 1 | -1): RoomState => ({
  ...room,
  members: Math.max(0, room.members + change),
  participants: Math.max(0, room.participants + change),
});

type OfTrader = Extract<RoomEvent, { traderId: string }>;

/** What an event about the reader changes for them. */
function withOwn(room: RoomState, event: OfTrader): RoomState {
  const { me } = room;
  if (me?.traderId !== event.traderId) return room;
  switch (event.type) {
    case "joined":
      return { ...room, me: { ...me, isMember: true } };
    case "left":
      return { ...room, me: { ...me, isMember: false } };
    case "muted":
      return { ...room, me: { ...me, mutedUntil: event.until } };
    case "removed":
      return { ...room, me: { ...me, isMember: false, isRemoved: true } };
    case "readmitted":
      return { ...room, me: { ...me, isRemoved: false } };
    default:
      return room;
  }
}

/** A room after an event of its log. What comes twice, as a log and an answer tell of one trade, changes nothing the second time. */
export function withEvent(room: RoomState, event: RoomEvent): RoomState {
  switch (event.type) {
    case "traded":
      return withTrade(room, event.trade);
    case "messageSent":
      return withMessage(room, event.message);
    case "completed":
      return { ...room, status: "completed", completedAt: event.at, price: event.finalPrice };
    case "closed":
      return { ...room, status: "closed", closedAt: event.at };
    case "joined":
      return withOwn(withMembers(room, 1), event);
    case "left":
    case "removed":
      return withOwn(withMembers(room, -1), event);
    default:
      return withOwn(room, event);
  }
}
