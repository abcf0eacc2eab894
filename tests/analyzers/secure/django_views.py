# mypy: ignore-errors
# ruff: noqa
"""Posts of a blog."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseForbidden
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from .forms import PostForm
from .models import Post


def index(request):
    posts = Post.objects.filter(published=True).order_by("-created")[:20]
    return render(request, "blog/index.html", {"posts": posts})


@login_required
def edit(request, pk):
    post = get_object_or_404(Post, pk=pk)
    if post.author != request.user:
        return HttpResponseForbidden("This is not your post.")
    form = PostForm(request.POST or None, instance=post)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("blog:detail", pk=post.pk)
    return render(request, "blog/edit.html", {"form": form})


@login_required
@require_POST
def delete(request, pk):
    post = get_object_or_404(Post, pk=pk, author=request.user)
    post.delete()
    return redirect("blog:index")
