import type { Context } from "../context.ts";
import { assign, reply } from "./agent-service.ts";
import { appCustomer } from "./customer.ts";
import { sendAsCustomer } from "./customer-service.ts";

/** Plainly invented conversations, once: repeats change nothing. */
export async function seedDemo(agent: Context): Promise<void> {
  for (const { id, name, lines, answer } of CONVERSATIONS) {
    const customer = appCustomer(id, name);
    for (const [at, text] of lines.entries()) {
      const { message } = await sendAsCustomer(agent, customer, { text, photoIds: [], clientId: `demo:${id}:${at}` });
      const { conversationId } = message;
      if (!answer || at > 0) continue;
      await reply(agent, { conversationId, text: answer, photoIds: [], clientId: `demo:${id}:answer` });
      if (agent.actor.kind === "agent") await assign(agent, { conversationId, assigneeId: agent.actor.personId });
    }
  }
}

const CONVERSATIONS = [
  {
    id: "demo-11",
    name: "Demo customer 11",
    lines: ["Can I change the delivery address before the parcel leaves?", "It should go to the office instead."],
    answer: "Yes, until 16:00 today. What is the new address?",
  },
  {
    id: "demo-12",
    name: "Demo customer 12",
    lines: ["Is the blue one back in stock? I saw it in the story."],
    answer: null,
  },
  { id: "demo-13", name: "Demo customer 13", lines: ["The code works now, thanks"], answer: "Glad to hear it." },
];
