import { Link } from '@tanstack/react-router';
import { EmptyState } from '../components/EmptyState.tsx';

export function NotFound() {
  return (
    <div style={{ padding: 24 }}>
      <EmptyState title="There is no such page">
        <Link to="/machine">Go to Machine</Link>
      </EmptyState>
    </div>
  );
}
