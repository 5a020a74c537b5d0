import { streamLatest, streamLog } from "../realtime/stream.ts";
import { customerOrStaffProcedure, done, router, staffProcedure } from "../trpc.ts";
import { listChat, sendChat } from "./chat/chat.ts";
import { verifyRoom } from "./ledger/verify.ts";
import { listCandles } from "./market/candles.ts";
import { readDepth } from "./market/depth.ts";
import { depthInput, listCandlesInput, rankedInput, traderInput } from "./market/schema.ts";
import { listHolders, readLeaderboard, readPortfolio } from "./market/standings.ts";
import { muteMember, readmitMember, removeMember, setSpeaker, warnMember } from "./moderation/moderation.ts";
import { muteInput, readmitInput, removeInput, warnInput } from "./moderation/schema.ts";
import { claimRewards, followRewards, getRewards } from "./rewards/rewards.ts";
import { claimInput, rewardsInput } from "./rewards/schema.ts";
import { closeRoom } from "./rooms/close.ts";
import { createRoom } from "./rooms/create.ts";
import { followRoom } from "./rooms/live.ts";
import { joinRoom, leaveRoom } from "./rooms/membership.ts";
import { followPrice, readPrice } from "./rooms/price.ts";
import { getRoom, listRooms } from "./rooms/state.ts";
import {
  createRoomInput,
  followPriceInput,
  followRoomInput,
  listChatInput,
  listRoomsInput,
  listTimelineInput,
  listTradesInput,
  memberInput,
  quoteInput,
  roomInput,
  sendChatInput,
  tradeInput,
} from "./schema.ts";
import { listTimeline } from "./timeline/list.ts";
import { listTrades } from "./trades/list.ts";
import { quoteTrade } from "./trades/quote.ts";
import { trade } from "./trades/trade.ts";
import { cancelVoice, confirmVoice } from "./voice/confirm.ts";
import { listParticipants, raiseHand } from "./voice/participants.ts";
import {
  cancelInput,
  confirmInput,
  followVoiceInput,
  raiseHandInput,
  speakerInput,
  startVoiceInput,
  transcriptInput,
  voiceSessionInput,
} from "./voice/schema.ts";
import { followVoice, leaveVoice, startVoice } from "./voice/sessions.ts";
import { transcribe } from "./voice/transcript.ts";

const read = customerOrStaffProcedure("trading:read");
const write = customerOrStaffProcedure("trading:write");
const moderate = staffProcedure("trading:write");

export const tradingRouter = router({
  rooms: router({
    list: read.input(listRoomsInput.prefault({})).query(({ ctx, input }) => listRooms(ctx, input)),
    get: read.input(memberInput).query(({ ctx, input }) => getRoom(ctx, input)),
    create: write.input(createRoomInput).mutation(({ ctx, input }) => createRoom(ctx, input)),
    close: write.input(roomInput).mutation(({ ctx, input }) => closeRoom(ctx, input)),
    join: write.input(memberInput).mutation(async ({ ctx, input }) => {
      await joinRoom(ctx, input);
      return getRoom(ctx, input);
    }),
    leave: write.input(memberInput).mutation(done(leaveRoom)),
    verify: staffProcedure("trading:read")
      .input(roomInput)
      .query(({ ctx, input }) => verifyRoom(ctx, input)),
  }),
  quote: read.input(quoteInput).query(({ ctx, input }) => quoteTrade(ctx, input)),
  trade: write.input(tradeInput).mutation(({ ctx, input }) => trade(ctx, input)),
  trades: read.input(listTradesInput).query(({ ctx, input }) => listTrades(ctx, input)),
  timeline: read.input(listTimelineInput).query(({ ctx, input }) => listTimeline(ctx, input)),
  price: read.input(followPriceInput).query(({ ctx, input }) => readPrice(ctx, input)),
  candles: read.input(listCandlesInput).query(({ ctx, input }) => listCandles(ctx, input)),
  depth: read.input(depthInput).query(({ ctx, input }) => readDepth(ctx, input)),
  holders: read.input(rankedInput).query(({ ctx, input }) => listHolders(ctx, input)),
  leaderboard: read.input(rankedInput).query(({ ctx, input }) => readLeaderboard(ctx, input)),
  portfolio: read.input(traderInput.prefault({})).query(({ ctx, input }) => readPortfolio(ctx, input)),
  rewards: router({
    get: read.input(rewardsInput.prefault({})).query(({ ctx, input }) => getRewards(ctx, input)),
    claim: write.input(claimInput).mutation(({ ctx, input }) => claimRewards(ctx, input)),
  }),
  moderation: router({
    mute: moderate.input(muteInput).mutation(done(muteMember)),
    warn: moderate.input(warnInput).mutation(done(warnMember)),
    remove: moderate.input(removeInput).mutation(done(removeMember)),
    readmit: moderate.input(readmitInput).mutation(done(readmitMember)),
    setSpeaker: moderate.input(speakerInput).mutation(done(setSpeaker)),
  }),
  voice: router({
    start: write.input(startVoiceInput).mutation(({ ctx, input }) => startVoice(ctx, input)),
    transcript: write.input(transcriptInput).mutation(({ ctx, input }) => transcribe(ctx, input)),
    confirm: write.input(confirmInput).mutation(({ ctx, input }) => confirmVoice(ctx, input)),
    cancel: write.input(cancelInput).mutation(done(cancelVoice)),
    leave: write.input(voiceSessionInput).mutation(done(leaveVoice)),
    raiseHand: write.input(raiseHandInput).mutation(done(raiseHand)),
    participants: read.input(roomInput).query(({ ctx, input }) => listParticipants(ctx, input)),
  }),
  chat: router({
    send: write.input(sendChatInput).mutation(({ ctx, input }) => sendChat(ctx, input)),
    list: read.input(listChatInput).query(({ ctx, input }) => listChat(ctx, input)),
  }),
  onRoom: read.input(followRoomInput).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLog(ctx, await followRoom(ctx, input), { ...input, signal });
  }),
  onVoice: read.input(followVoiceInput).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLog(ctx, await followVoice(ctx, input), { ...input, signal });
  }),
  onRewards: read.input(rewardsInput.prefault({})).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLatest(ctx, await followRewards(ctx, input), { signal });
  }),
  onPrice: read.input(followPriceInput).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLatest(ctx, await followPrice(ctx, input), { signal });
  }),
});
