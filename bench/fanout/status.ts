/** The documented status message, the way a node would send it each second. */
export const statusOf = (uptime: number) => ({
  running: true,
  uptime,
  activeUsers: 842,
  messagesProcessed: 12_984,
  alertsSent: 437,
  sessionPnL: 842.31,
  sessionTrades: 118,
  lastTrade: 1_704_372_000_000,
});
