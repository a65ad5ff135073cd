import { checkMemory } from './check-memory.ts';
import { checkUse } from './check-use.ts';
import type { Claim, ClaimCheck } from './claims.ts';
import type { CheckContext, CheckedClaim, Result } from './result.ts';

/** Checks one claim. Never throws for a model, card or price that is not there: the claim is then not checkable. */
export function checkClaim(claim: Claim, context: CheckContext): CheckedClaim {
  const { id, section, quote } = claim;
  return { id, section, quote, ...resultOf(claim.check, context) };
}

function resultOf(check: ClaimCheck, context: CheckContext): Result {
  switch (check.kind) {
    case 'statement':
      return {
        verdict: check.right === null ? 'not checkable' : check.right ? 'right' : 'wrong',
        figure: '–',
        because: check.answer,
      };
    case 'quality':
    case 'offload':
    case 'disk':
    case 'price':
    case 'time':
    case 'cost':
      return checkUse(check, context);
    default:
      return checkMemory(check, context);
  }
}
