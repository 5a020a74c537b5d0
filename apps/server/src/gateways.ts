import type { Gateway } from "./gateway.ts";
import { createMiniAppGateway } from "./gateways/mini-app/gateway.ts";
import { createNotificationsGateway } from "./gateways/notifications/gateway.ts";
import { createPlatformGateway } from "./gateways/platform.ts";
import type { GatewayServices } from "./gateways/services.ts";
import { createSupportGateway } from "./gateways/support/gateway.ts";
import { createTelegramGateway } from "./gateways/telegram/gateway.ts";
import { createTelegramCrmGateway } from "./gateways/telegram-crm/gateway.ts";
import { createTradingGateway } from "./gateways/trading/gateway.ts";
import { createTrpcGateway } from "./gateways/trpc/gateway.ts";

/** The only list of gateways: a protocol is added by one line. */
export const createGateways = (services: GatewayServices): Gateway[] => [
  createTrpcGateway(services),
  createSupportGateway(services),
  createTelegramGateway(services),
  createTelegramCrmGateway(services),
  createNotificationsGateway(services),
  createMiniAppGateway(services),
  createTradingGateway(services),
  createPlatformGateway(services),
];
